package org.m4fw.signing.statement;

import java.util.Arrays;
import java.util.Optional;
import org.m4fw.signing.trust.Roles;

/** What a statement is, and with that who may make it. */
public enum StatementKind {
  /** The vendor's verdict about an adapter on its images. */
  ADAPTER_VERDICT("adapter-verdict", Roles.ADAPTER_REVIEW),
  /** What a measurement of a model or adapter gave. */
  EVALUATION("evaluation", Roles.EVALUATION),
  /** What is trusted no more. */
  REVOCATIONS("revocations", Roles.SECURITY);

  private final String label;
  private final String role;

  StatementKind(String label, String role) {
    this.label = label;
    this.role = role;
  }

  static Optional<StatementKind> ofLabel(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
  }

  /** The word in the statement. */
  public String label() {
    return label;
  }

  /** Whose keys have to sign it. */
  public String role() {
    return role;
  }

  /** The DSSE payload type; no signature over one kind passes for one over another. */
  public String payloadType() {
    return "application/vnd.m4fw.statement." + label + ".v1+json";
  }
}
