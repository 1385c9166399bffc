/**
 * What Hugging Face, PyTorch and GGUF files hold, as tensors over mapped files. Formats are read
 * here and nowhere else; what the tensors mean is not known here.
 */
@NullMarked
package org.m4fw.checkpoint;

import org.jspecify.annotations.NullMarked;
