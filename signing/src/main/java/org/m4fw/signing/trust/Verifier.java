package org.m4fw.signing.trust;

import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.slot.TrustVersions;

/**
 * Decides whether a container is trusted. The order: structure ({@link ImageFile#open}), the
 * development mark, the trust root, every signature, the thresholds of the trust root, those of the
 * payload, the policy's demands, revocations, then all sections against their digests. Until the
 * signatures are checked, the manifest only chooses between two trust roots that both demand
 * signatures.
 */
public final class Verifier {
  private final TrustRoots roots;
  private final Policy policy;
  private final Optional<Revocations> revocations;
  private final Optional<VerificationPolicy> demands;
  private final List<KeyLineage> lineages;

  public Verifier(TrustRoots roots, Policy policy) {
    this(roots, policy, Optional.empty(), Optional.empty(), List.of());
  }

  private Verifier(
      TrustRoots roots,
      Policy policy,
      Optional<Revocations> revocations,
      Optional<VerificationPolicy> demands,
      List<KeyLineage> lineages) {
    this.roots = roots;
    this.policy = policy;
    this.revocations = revocations;
    this.demands = demands;
    this.lineages = List.copyOf(lineages);
  }

  /** One that also refuses what is revoked; of two lists the later version counts. */
  public Verifier refusing(Revocations revoked) {
    Revocations latest =
        revocations.filter(known -> known.version() > revoked.version()).orElse(revoked);
    return new Verifier(roots, policy, Optional.of(latest), demands, lineages);
  }

  /** One that lets signatures by unknown keys pass, for what was signed before the root changed. */
  public Verifier ignoringUnknownSigners() {
    Policy lenient = new Policy(policy.allowDevelopment(), true);
    return new Verifier(roots, lenient, revocations, demands, lineages);
  }

  /** One that also demands what a policy demands, and allows what that allows. */
  public Verifier under(VerificationPolicy more) {
    return new Verifier(roots, more.allowed(), revocations, Optional.of(more), lineages);
  }

  /**
   * One that also trusts, for adapter packages, the later keys of developers whose keys the root
   * lists.
   *
   * @throws ProblemException with {@link LineageError#FORK} if two of the lineages disagree
   */
  public Verifier following(List<KeyLineage> developers) {
    KeyLineage.checkForks(developers);
    return new Verifier(roots, policy, revocations, demands, developers);
  }

  /**
   * Checks signatures and all sections.
   *
   * @throws ProblemException with a {@link VerificationError}, {@link TrustRootError} or {@link
   *     org.m4fw.image.ImageError}; nothing else, for any bytes
   */
  public Verified verify(ImageFile image, Progress progress) {
    Verified verified = verifySignatures(image);
    image.verifyIntegrity(progress);
    return verified;
  }

  /** Checks the signatures alone, for callers that check sections as they read them. */
  public Verified verifySignatures(ImageFile image) {
    return verifySignatures(image.signedManifest());
  }

  /** As {@link #verifySignatures(ImageFile)}, for an image of which no more than that is here. */
  public Verified verifySignatures(SignedManifest image) {
    String file = image.file();
    Manifest manifest = image.manifest();
    TrustRoot named = root(file, manifest.development());
    boolean follows = manifest.kind() == Kind.ADAPTER;
    TrustRoot root = follows ? extended(named) : named;
    demands.ifPresent(demanded -> demanded.check(root, revocations));
    SignatureCheck check = new SignatureCheck(file, root, policy);
    SignatureCheck.Result result =
        check.run(
            image.envelope(),
            manifest.kind().payloadType(),
            Roles.of(manifest.kind()),
            manifest.requiredSignatures());
    demands.ifPresent(
        demanded -> {
          check.enough(result.signers(), demanded.required(), PolicyError.TOO_FEW_FOR_POLICY);
          demanded.check(file, manifest);
        });
    if (follows) {
      lineages.forEach(lineage -> lineage.checkSigners(file, result.signers()));
    }
    revocations.ifPresent(
        revoked -> {
          revoked.checkSigners(file, result.signers());
          if (follows) {
            lineages.forEach(one -> one.checkPassedOn(file, named, result.signers(), revoked));
          }
          revoked.checkContent(file, image.imageId(), manifest);
        });
    return new Verified(
        image.imageId(),
        manifest.kind(),
        manifest.development(),
        root.source(),
        result.signers(),
        result.unknown(),
        versions(root));
  }

  /** How recent the trust root for an image and the revocations are. */
  public TrustVersions versions(SignedManifest image) {
    return versions(root(image.file(), image.manifest().development()));
  }

  private TrustVersions versions(TrustRoot root) {
    return root.development()
        ? TrustVersions.NONE
        : new TrustVersions(
            root.version(),
            root.authority(Roles.SECURITY).hex(),
            revocations.map(Revocations::version).orElse(0L));
  }

  /**
   * Checks the signatures of something that is no container.
   *
   * @param development what the payload says of itself
   * @param payloadType what is expected
   * @param role whose signatures are demanded
   * @return the keys that signed, each once
   * @throws ProblemException with a {@link VerificationError} or {@link TrustRootError}
   */
  public List<TrustedKey> verifySignatures(
      String file, Envelope envelope, boolean development, String payloadType, String role) {
    SignatureCheck check = new SignatureCheck(file, root(file, development), policy);
    List<TrustedKey> signers = check.run(envelope, payloadType, role, List.of()).signers();
    revocations.ifPresent(revoked -> revoked.checkSigners(file, signers));
    return signers;
  }

  private TrustRoot extended(TrustRoot root) {
    TrustRoot extended = root;
    for (KeyLineage lineage : lineages) {
      extended = lineage.extend(extended);
    }
    return extended;
  }

  private TrustRoot root(String file, boolean development) {
    if (development && !policy.allowDevelopment()) {
      throw VerificationError.DEVELOPMENT_IMAGE.at(file, "");
    }
    return roots.forBuild(file, development);
  }
}
