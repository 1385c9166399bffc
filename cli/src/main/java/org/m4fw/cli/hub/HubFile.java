package org.m4fw.cli.hub;

/**
 * A file as a hub lists it.
 *
 * @param path within the repository, with {@code /}
 * @param size in bytes
 */
record HubFile(String path, long size, ContentDigest digest) {
  /** The directory that it is in; empty for the root. */
  String directory() {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** The last part of the path. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
