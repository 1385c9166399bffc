/**
 * Runs compiled graphs on this machine. The only user of ONNX Runtime; its types do not leave this
 * package.
 */
@NullMarked
package org.m4fw.host;

import org.jspecify.annotations.NullMarked;
