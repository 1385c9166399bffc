/** What quantization and adapters do to a real, trained model. */
@NullMarked
package org.m4fw.tests.quality;

import org.jspecify.annotations.NullMarked;
