/**
 * Adapters that are files of trained tensors alone, in the names of the projects that trained them
 * and without a configuration.
 */
@NullMarked
package org.m4fw.adapter.delta;

import org.jspecify.annotations.NullMarked;
