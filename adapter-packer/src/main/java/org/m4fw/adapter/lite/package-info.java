/**
 * Adapters as graphs of LiteRT take them: matrices of one rank for all. Knows no files of LiteRT;
 * what a graph takes comes as slots.
 */
@NullMarked
package org.m4fw.adapter.lite;

import org.jspecify.annotations.NullMarked;
