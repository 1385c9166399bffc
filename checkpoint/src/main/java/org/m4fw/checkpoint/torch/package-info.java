/**
 * What files written by {@code torch.save} say they hold, in both forms: names, element types,
 * shapes, strides and places in the file. Pickles are interpreted as data by a machine that cannot
 * make an object or call a function; bytes of tensors are not looked at here. Knows nothing of the
 * rest of the checkpoint module, which makes tensors of what is found here.
 */
@NullMarked
package org.m4fw.checkpoint.torch;

import org.jspecify.annotations.NullMarked;
