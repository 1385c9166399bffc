/** Tests of data sets and gates. */
@org.jspecify.annotations.NullMarked
package org.m4fw.cli.evaluate;
