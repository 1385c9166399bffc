/**
 * Adapters for the foundation model: whatever format they are in, opened, checked against what a
 * graph offers, and packed. The formats and the interface record live in the packages below.
 */
@NullMarked
package org.m4fw.adapter;

import org.jspecify.annotations.NullMarked;
