package org.m4fw.adapter.pack;

import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.prompt.SoftPrompt;

/** What virtual tokens claim towards an interface. */
public final class PromptClaim {
  private PromptClaim() {}

  /**
   * The claim.
   *
   * @param base what they are bound to; empty if to nothing yet
   */
  public static AdapterClaim of(SoftPrompt prompt, Optional<AdapterClaim.Base> base) {
    return of(PackageMethod.Virtual.of(prompt), base);
  }

  static AdapterClaim of(PackageMethod.Virtual method, Optional<AdapterClaim.Base> base) {
    return new AdapterClaim(
        method.kind().id(),
        "",
        List.of(),
        List.of(),
        Optional.of(new AdapterClaim.Prompt(method.place(), method.tokens(), method.numbers())),
        base);
  }
}
