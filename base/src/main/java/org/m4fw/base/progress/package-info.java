/** What long work tells about itself; whoever listens decides how it looks. */
@NullMarked
package org.m4fw.base.progress;

import org.jspecify.annotations.NullMarked;
