package org.m4fw.tests.architecture;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A module's {@code pom.xml}. */
final class BuildFile {
  private static final String PREFIX = "m4fw-";

  private final Element project;

  private BuildFile(Element project) {
    this.project = project;
  }

  static BuildFile of(String module) {
    return parse(Repository.text(Path.of(module, "pom.xml")));
  }

  static BuildFile parse(String xml) {
    try {
      return new BuildFile(
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(xml)))
              .getDocumentElement());
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The modules that this one depends on, save in its tests, though they are not in the set. */
  List<String> dependenciesNotIn(Set<String> allowed) {
    List<String> wrong = new ArrayList<>();
    NodeList dependencies = project.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      String artifact = text(dependency, "artifactId");
      if (artifact.startsWith(PREFIX)
          && !text(dependency, "scope").equals("test")
          && !allowed.contains(artifact.substring(PREFIX.length()))) {
        wrong.add(artifact);
      }
    }
    return wrong;
  }

  private static String text(Element parent, String name) {
    NodeList found = parent.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
  }
}
