/** Adapters that are virtual tokens before the prompt. Knows no file formats. */
@NullMarked
package org.m4fw.adapter.prompt;

import org.jspecify.annotations.NullMarked;
