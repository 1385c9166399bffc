@NullMarked
package org.m4fw.quantizer.activation;

import org.jspecify.annotations.NullMarked;
