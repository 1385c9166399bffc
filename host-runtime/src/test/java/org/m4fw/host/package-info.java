/** Tests of running decoders on the host. */
@NullMarked
package org.m4fw.host;

import org.jspecify.annotations.NullMarked;
