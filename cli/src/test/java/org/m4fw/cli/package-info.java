/** Tests of {@code org.m4fw.cli}. */
@org.jspecify.annotations.NullMarked
package org.m4fw.cli;
