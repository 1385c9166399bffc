/**
 * Low-rank adapters as numbers: pairs of matrices at attachment points, whatever file they came
 * from. File formats do not live here.
 */
@NullMarked
package org.m4fw.adapter.lora;

import org.jspecify.annotations.NullMarked;
