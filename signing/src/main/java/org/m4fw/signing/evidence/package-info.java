/**
 * What is said about an image in the formats of others, beside its own signatures: bundles and
 * detached signatures for other verifiers, certificates and timestamps. Nothing here decides
 * whether an image is trusted; that is the matter of {@link org.m4fw.signing.trust}.
 */
@NullMarked
package org.m4fw.signing.evidence;

import org.jspecify.annotations.NullMarked;
