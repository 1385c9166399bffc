package org.m4fw.signing.trust;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which trust root a build is checked against: releases and development builds have one each, and
 * what signs the ones is worth nothing for the others.
 */
public final class TrustRoots {
  private final Path release;
  private final Path development;
  private final Map<Path, TrustRoot> read = new ConcurrentHashMap<>();

  private TrustRoots(Path release, Path development) {
    this.release = release;
    this.development = development;
  }

  /** The user's own; each is read only when it is needed, and once. */
  public static TrustRoots configured(Path release, Path development) {
    return new TrustRoots(release, development);
  }

  /** The one that the user named, for the builds that it is for and no others. */
  public static TrustRoots only(Path root) {
    return new TrustRoots(root, root);
  }

  /**
   * The trust root for a build.
   *
   * @param file the build, for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError} or {@link
   *     VerificationError}
   */
  TrustRoot forBuild(String file, boolean isDevelopment) {
    TrustRoot root = read.computeIfAbsent(isDevelopment ? development : release, TrustRoot::read);
    if (root.development() && !isDevelopment) {
      throw VerificationError.ROOT_FOR_DEVELOPMENT.at(file, "", root.source());
    }
    if (!root.development() && isDevelopment) {
      throw VerificationError.ROOT_FOR_RELEASES.at(file, "", root.source());
    }
    return root;
  }
}
