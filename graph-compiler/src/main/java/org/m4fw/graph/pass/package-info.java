/**
 * Rewrites of whole graphs, before they are lowered to a target: one class per rewrite, from an
 * immutable model to another. Knows no devices and no file formats.
 */
@NullMarked
package org.m4fw.graph.pass;

import org.jspecify.annotations.NullMarked;
