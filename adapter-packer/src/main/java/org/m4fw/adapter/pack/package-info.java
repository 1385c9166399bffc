/**
 * The adapter package: a container of kind 2 that holds an adapter in a portable form and in those
 * that runtimes load, bound to an interface. How containers are framed and signed is not known
 * here.
 */
@NullMarked
package org.m4fw.adapter.pack;

import org.jspecify.annotations.NullMarked;
