package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;

/** Fails where an adapter is refused. */
final class RequiredFit {
  private RequiredFit() {}

  static void check(Path adapter, InterfaceRecord offered, Verdict verdict) {
    verdict.refusal().ifPresent(finding -> refuse(adapter, offered, finding));
  }

  private static void refuse(Path adapter, InterfaceRecord offered, Finding finding) {
    throw CheckError.ADAPTER_REFUSED.at(
        adapter,
        finding.item(),
        offered.id(),
        offered.version(),
        finding.reason().code(),
        finding.text());
  }
}
