/**
 * What a model offers to adapters and whether an adapter fits: the interface record, its file, the
 * check. Depends on {@code base} only, as devices need it without the rest.
 */
@NullMarked
package org.m4fw.adapter.contract;

import org.jspecify.annotations.NullMarked;
