package org.m4fw.cli.command;

/** What the user called to start the tool, for commands that are shown to be copied. */
final class ToolName {
  private ToolName() {}

  /** As the launcher says it, quoted for a shell where it has to be; else {@code m4fw}. */
  static String text() {
    String name = System.getProperty("m4fw.command", "m4fw");
    return name.matches("[A-Za-z0-9_./+,@%-]+") ? name : "'" + name.replace("'", "'\\''") + "'";
  }
}
