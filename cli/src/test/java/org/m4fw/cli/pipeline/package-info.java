/** Tests of {@code org.m4fw.cli.pipeline}. */
@org.jspecify.annotations.NullMarked
package org.m4fw.cli.pipeline;
