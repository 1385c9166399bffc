@NullMarked
package org.m4fw.graph.tflite;

import org.jspecify.annotations.NullMarked;
