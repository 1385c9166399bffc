/**
 * Carries adapters over to the next version of their base, by linear algebra on the weights of
 * both. Neither packages nor commands live here.
 */
@NullMarked
package org.m4fw.adapter.carry;

import org.jspecify.annotations.NullMarked;
