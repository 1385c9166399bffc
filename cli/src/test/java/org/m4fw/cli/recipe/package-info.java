/** Tests of {@code org.m4fw.cli.recipe}. */
@org.jspecify.annotations.NullMarked
package org.m4fw.cli.recipe;
