package org.m4fw.cli.command;

import org.m4fw.cli.console.Console;
import picocli.CommandLine;

/** {@code image slots}. */
@CommandLine.Command(
    description = "Says what the slots of a simulated device hold.",
    footer = {"", "Examples:", "  m4fw image slots --slots device"})
final class ImageSlotsCommand implements Command {
  @CommandLine.Mixin DeviceOptions device = new DeviceOptions();

  @Override
  public void run(Console console) {
    device.report(console, device.slots(console), device.directory + ":");
  }
}
