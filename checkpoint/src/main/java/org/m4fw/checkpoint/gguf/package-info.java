/**
 * What GGUF files say they hold: metadata, and for each tensor its type, shape and place. Bytes of
 * tensors are not looked at here, and nothing of the rest of the checkpoint module is known.
 */
@NullMarked
package org.m4fw.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
