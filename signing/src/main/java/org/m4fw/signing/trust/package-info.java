/**
 * Who is trusted to sign what: trust roots, policies, and verification against them. Only public
 * keys here, and only the JDK's cryptography.
 */
@NullMarked
package org.m4fw.signing.trust;

import org.jspecify.annotations.NullMarked;
