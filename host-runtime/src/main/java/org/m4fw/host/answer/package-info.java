/** What the outputs of embedding models mean: which of several labels, and how surely. */
@NullMarked
package org.m4fw.host.answer;

import org.jspecify.annotations.NullMarked;
