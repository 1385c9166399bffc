/**
 * Graphs of whole numbers for the phone's TPU, as TensorFlow Lite computes them on this machine,
 * and against the rules of the delegate that takes them on the phone.
 */
@NullMarked
package org.m4fw.tests.lite;

import org.jspecify.annotations.NullMarked;
