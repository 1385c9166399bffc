package org.m4fw.quantizer.report;

/** Names with numbers in the order that a person expects: layer 2 before layer 10. */
final class NameOrder {
  private NameOrder() {}

  static int compare(String a, String b) {
    String[] left = a.split("\\.", -1);
    String[] right = b.split("\\.", -1);
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      int order = segment(left[i], right[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }

  private static int segment(String a, String b) {
    boolean numbers = a.matches("[0-9]{1,9}") && b.matches("[0-9]{1,9}");
    int order = numbers ? Integer.compare(Integer.parseInt(a), Integer.parseInt(b)) : 0;
    return order != 0 ? order : a.compareTo(b);
  }
}
