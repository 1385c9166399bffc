package org.m4fw.signing.trust;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with the lineage of a developer's keys. */
public enum LineageError implements ErrorCode {
  WRONG_SCHEMA("found schema '%s', expected '%s'", "give a lineage that `m4fw keys lineage` wrote"),
  WRONG_TYPE(
      "was signed as '%s', expected '%s'", "give a lineage; this was signed as something else"),
  NOT_CANONICAL(
      "is not written in the one canonical form of its content",
      "let the developer write it again: `m4fw keys lineage`"),
  TOO_MANY(
      "found %d, at most %d are allowed",
      "begin a new lineage, and tell the vendor its first keys"),
  TOO_LARGE("has %d bytes, more than the %d allowed", "this is hardly the lineage that was meant"),
  NOT_NEXT(
      "found %s, expected %s: nodes follow one another",
      "let the developer write the lineage again, without gaps"),
  LOOP("has the key %s, which an earlier node has", "keys are given up for good: make new ones"),
  FORK(
      "differs from the node after the same one in %s",
      "one of the two is forged: ask the developer which; trust neither until then"),
  ROLLBACK(
      "lets the keys before it replace what later ones signed",
      "let the developer write the node without that right; it is never granted"),
  BAD_REVOCATION("revokes the node %d, expected an earlier one", "correct the number of the node"),
  KEYS_OUT_OF_ORDER(
      "has keys that are not in ascending order of their ids, each once",
      "let the developer write the lineage again"),
  SAME_CLASS(
      "has two %s keys, expected one at most: a developer counts once",
      "make one key of each class: `m4fw keys new`"),
  TWO_NODES(
      "is signed by keys of several nodes of %s, which count once",
      "sign it with the keys of one node: `m4fw sign --replace`"),
  UNSIGNED(
      "is not signed by %s, as it has to be: by every key of its own and of the node before it",
      "let the developer sign it with both identities: `m4fw keys lineage`"),
  REVOKED_NODE(
      "this key is of node %d of %s, which a later node revokes",
      "use a package that the developer signed with newer keys"),
  UNKNOWN_LINEAGE(
      "has no node whose keys %s lists for adapters",
      "let the vendor add the developer's keys: `m4fw root change --key adapter-developer=…`");

  private final String template;
  private final String hint;

  LineageError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
