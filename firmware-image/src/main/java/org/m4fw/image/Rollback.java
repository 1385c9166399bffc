package org.m4fw.image;

/**
 * The protection against old images: a device refuses an image whose index is below the highest it
 * has accepted in the domain.
 *
 * @param domain which counter of the device is meant
 * @param index 0 to 2^53−1; raised when older images must no longer run
 */
public record Rollback(String domain, long index) {}
