/** The published JSON Schemas against the files that they describe. */
@NullMarked
package org.m4fw.tests.schema;

import org.jspecify.annotations.NullMarked;
