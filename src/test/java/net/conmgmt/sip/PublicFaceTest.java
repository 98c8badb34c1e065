package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The public face stays as it is in {@code public-face.txt}, so that a change of it is seen in
 * review. What the code has is written to {@code target/public-face.txt}: a change that is meant is
 * copied from there.
 */
class PublicFaceTest {

  private static final Path AGREED = Path.of("src/test/resources/public-face.txt");
  private static final Path FOUND = Path.of("target/public-face.txt");

  private static List<Class<?>> publicTypes() throws Exception {
    Path classes =
        Path.of(
            ConnectionManagement.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> types = new ArrayList<>();
    for (JavaClass type : new ClassFileImporter().importPath(classes)) {
      if (!type.getPackageName().contains(".internal")) {
        Class<?> reflected = type.reflect();
        if (isVisible(reflected)) {
          types.add(reflected);
        }
      }
    }
    return types;
  }

  private static boolean isVisible(Class<?> type) {
    Class<?> outer = type.getDeclaringClass();
    return Modifier.isPublic(type.getModifiers())
        && (outer == null || isVisible(outer))
        && !type.isAnonymousClass();
  }

  private static boolean isVisible(Member member) {
    return !member.isSynthetic()
        && (Modifier.isPublic(member.getModifiers())
            || Modifier.isProtected(member.getModifiers()));
  }

  private static String signatures() throws Exception {
    TreeMap<String, TreeSet<String>> face = new TreeMap<>();
    for (Class<?> type : publicTypes()) {
      TreeSet<String> members = new TreeSet<>();
      for (Field field : type.getDeclaredFields()) {
        if (isVisible(field)) {
          members.add(
              modifiers(field)
                  + text(field.getGenericType())
                  + " "
                  + field.getName()
                  + deprecation(field));
        }
      }
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        if (isVisible(constructor)) {
          members.add(modifiers(constructor) + type.getSimpleName() + parameters(constructor));
        }
      }
      for (Method method : type.getDeclaredMethods()) {
        if (isVisible(method)) {
          members.add(
              modifiers(method)
                  + text(method.getGenericReturnType())
                  + " "
                  + method.getName()
                  + parameters(method)
                  + deprecation(method));
        }
      }
      face.put(header(type), members);
    }
    StringBuilder text = new StringBuilder();
    face.forEach(
        (type, members) -> {
          text.append(type).append('\n');
          members.forEach(member -> text.append("  ").append(member).append('\n'));
        });
    return text.toString();
  }

  private static String header(Class<?> type) {
    String kind =
        type.isEnum()
            ? "enum"
            : type.isRecord() ? "record" : type.isInterface() ? "interface" : "class";
    String parents =
        Arrays.stream(type.getGenericInterfaces())
            .map(PublicFaceTest::text)
            .sorted()
            .collect(Collectors.joining(", "));
    Type parent = type.getGenericSuperclass();
    boolean derived = kind.equals("class") && parent != Object.class;
    boolean isClass = kind.equals("class");
    return type.getName()
        + ": "
        + (isClass && Modifier.isFinal(type.getModifiers()) ? "final " : "")
        + (isClass && Modifier.isAbstract(type.getModifiers()) ? "abstract " : "")
        + kind
        + (derived && parent != null ? " extends " + text(parent) : "")
        + (parents.isEmpty() ? "" : " with " + parents);
  }

  private static String modifiers(Member member) {
    int kept = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT;
    String text = Modifier.toString(member.getModifiers() & kept);
    return text.isEmpty() ? "" : text + " ";
  }

  private static String parameters(Executable executable) {
    String thrown =
        Arrays.stream(executable.getGenericExceptionTypes())
            .map(PublicFaceTest::text)
            .sorted()
            .collect(Collectors.joining(", "));
    return Arrays.stream(executable.getGenericParameterTypes())
            .map(PublicFaceTest::text)
            .collect(Collectors.joining(", ", "(", ")"))
        + (thrown.isEmpty() ? "" : " throws " + thrown);
  }

  private static String deprecation(AnnotatedElement element) {
    return element.isAnnotationPresent(Deprecated.class) ? " deprecated" : "";
  }

  private static String text(Type type) {
    return type.getTypeName().replace("java.lang.", "").replace("java.util.", "");
  }

  @Test
  void thePublicFaceIsTheAgreedOne() throws Exception {
    String found = signatures();
    Files.createDirectories(FOUND.getParent());
    Files.writeString(FOUND, found);

    assertThat(found)
        .as("public signatures; a change that is meant is copied from %s to %s", FOUND, AGREED)
        .isEqualTo(Files.readString(AGREED));
  }

  @Test
  void noPublicSignatureNamesAnInternalType() throws Exception {
    assertThat(signatures().lines()).noneMatch(line -> line.contains("net.conmgmt.sip.internal"));
  }

  @Test
  void aSectionNumberInTheJavadocComesWithItsDocument() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/net/conmgmt/sip"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        assertThat(Files.readString(file))
            .as("%s", file)
            .doesNotContainPattern("(?m)^ *(/\\*)?\\*.*\\([2-5]\\.\\d(\\.\\d)*[),]");
      }
    }
  }

  @Test
  void readmeAndSamplesUseThePublicFaceOnly() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("samples"))) {
      List<Path> read =
          Stream.concat(
                  Stream.of(Path.of("README.md")),
                  files.filter(
                      file -> file.toString().matches(".*/src/.*\\.(java|properties|xml)")))
              .toList();
      assertThat(read).hasSizeGreaterThan(20);
      for (Path file : read) {
        assertThat(Files.readString(file))
            .as("%s", file)
            .doesNotContain("net.conmgmt.sip.internal");
      }
    }
  }
}
