/** Text in and out of token ids. */
@NullMarked
package org.m4fw.host.text;

import org.jspecify.annotations.NullMarked;
