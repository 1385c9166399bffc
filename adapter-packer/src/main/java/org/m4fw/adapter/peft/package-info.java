/**
 * Adapters as Hugging Face's PEFT saves them. What the numbers mean to a graph is not known here.
 */
@NullMarked
package org.m4fw.adapter.peft;

import org.jspecify.annotations.NullMarked;
