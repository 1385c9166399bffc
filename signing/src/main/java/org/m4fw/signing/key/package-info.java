/**
 * Single keys: what an algorithm is, public keys that verify, private keys that sign, and their
 * files. Which key may sign what is decided elsewhere: this package knows no roles, images or
 * policies.
 */
@NullMarked
package org.m4fw.signing.key;

import org.jspecify.annotations.NullMarked;
