package org.m4fw.signing;

/**
 * A key of an identity.
 *
 * @param publicName the file with the public key, in the identity's directory
 */
public record IdentityKey(String publicName, KeyPlace place) {}
