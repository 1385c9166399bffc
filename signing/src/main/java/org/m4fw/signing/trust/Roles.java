package org.m4fw.signing.trust;

import java.util.List;
import java.util.Set;
import org.m4fw.image.Kind;

/** The roles that m4fw itself asks for. A trust root may define more, for its own policies. */
public final class Roles {
  /** Signs the next trust root; its keys stay offline. */
  public static final String ROOT = "root";

  /** Signs images and deltas. */
  public static final String RELEASE = "release";

  /** Signs revocations. */
  public static final String SECURITY = "security";

  /** Signs adapter packages. */
  public static final String ADAPTER_DEVELOPER = "adapter-developer";

  /** Signs the vendor's verdicts on adapters. */
  public static final String ADAPTER_REVIEW = "adapter-review";

  /** Signs evaluation results. */
  public static final String EVALUATION = "evaluation";

  /** All of them. */
  public static final List<String> KNOWN =
      List.of(ROOT, RELEASE, SECURITY, ADAPTER_DEVELOPER, ADAPTER_REVIEW, EVALUATION);

  /** What keys for releases may sign, too: nothing that a release could not bring along anyway. */
  private static final Set<String> WITHIN_RELEASE =
      Set.of(ADAPTER_DEVELOPER, ADAPTER_REVIEW, EVALUATION);

  private Roles() {}

  /** The role whose keys sign containers of this kind. */
  public static String of(Kind kind) {
    return switch (kind) {
      case IMAGE, DELTA -> RELEASE;
      case ADAPTER -> ADAPTER_DEVELOPER;
    };
  }

  static boolean isWithinRelease(String role) {
    return WITHIN_RELEASE.contains(role);
  }
}
