package net.conmgmt.sip;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.Timer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.DocumentationTool;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.internal.time.WallClock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which package may know what, and who may read the clock. */
class HouseRulesTest {

  private static final String ROOT = "net.conmgmt.sip";
  private static final String INTERNAL = ROOT + ".internal";

  /** The public types that property files name or applications call. */
  private static final Set<String> ENTRANCES =
      Set.of(
          "ConnectionManagement",
          "discovery.DiscoveryRouter",
          "keepalive.ChallengeRule",
          "logging.Log4jServerLogger",
          "logging.Log4jStackLogger",
          "monitoring.ConnectionMetrics",
          "transport.ManagedMessageProcessorFactory");

  private static JavaClasses production;

  @BeforeAll
  static void importProductionClasses() throws Exception {
    Path classes =
        Path.of(
            ConnectionManagement.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    production = new ClassFileImporter().importPath(classes.resolve(ROOT.replace('.', '/')));
    assertThat(production).isNotEmpty();
  }

  @Test
  void onlyTheTransportKnowsTheStacksInside() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..transport..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("gov.nist.javax.sip.stack..")
        .check(production);
  }

  /**
   * The rooms of the house, and the public face in two parts: what it says (values, listeners,
   * rules), which knows no room, and where one enters (what property files name and applications
   * call), which no room knows.
   */
  private static final SliceAssignment ROOMS =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          String name = type.getPackageName();
          if (!name.startsWith(ROOT)) {
            return SliceIdentifier.ignore();
          }
          if (isOfHeaderRoom(type)) {
            return SliceIdentifier.of("header");
          }
          if (!name.startsWith(INTERNAL)) {
            return SliceIdentifier.of(isEntrance(type) ? "entrances" : "vocabulary");
          }
          return SliceIdentifier.of(name.substring(INTERNAL.length() + 1).split("\\.", 2)[0]);
        }

        @Override
        public String getDescription() {
          return "rooms";
        }
      };

  /** The header's parser and factory, which the RI names, stand at the door of their room. */
  private static boolean isOfHeaderRoom(JavaClass type) {
    return type.getPackageName().equals(ROOT + ".header")
        && !type.getName().matches(".*\\.MsKeepAliveHeader(\\$.*)?");
  }

  private static boolean isEntrance(JavaClass type) {
    if (!type.getName().startsWith(ROOT)) {
      return false;
    }
    String outermost = type.getName().replaceAll("\\$.*", "");
    return ENTRANCES.contains(outermost.substring(ROOT.length() + 1));
  }

  @Test
  void roomsHaveNoCycles() {
    slices().assignedFrom(ROOMS).should().beFreeOfCycles().check(production);
  }

  @Test
  void thePublicFaceSpeaksOfNoRoomAndNoRoomKnowsAnEntrance() {
    DescribedPredicate<JavaClass> internal = resideInAPackage(INTERNAL + "..");
    DescribedPredicate<JavaClass> entrance =
        DescribedPredicate.describe("entrances", HouseRulesTest::isEntrance);
    noClasses()
        .that(
            DescribedPredicate.not(internal)
                .and(DescribedPredicate.not(entrance))
                .and(
                    DescribedPredicate.not(
                        DescribedPredicate.describe("header", HouseRulesTest::isOfHeaderRoom))))
        .should()
        .dependOnClassesThat(internal.or(entrance))
        .check(production);
    noClasses().that(internal).should().dependOnClassesThat(entrance).check(production);
  }

  /** The samples show what an application can do, so they have what an application has. */
  @Test
  void theSamplesUseThePublicFaceOnly() throws Exception {
    try (Stream<Path> sources = Files.walk(Path.of("samples/src"))) {
      List<Path> java = sources.filter(p -> p.toString().endsWith(".java")).toList();
      assertThat(java).isNotEmpty();
      for (Path source : java) {
        assertThat(Files.readString(source)).as(source.toString()).doesNotContain(INTERNAL);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "config, ''",
    "time, ''",
    "connection, 'config time logging'",
    "logging, ''",
    "header, 'config logging'",
    "directory, 'connection config time'",
    "redis, 'directory time'",
    "keepalive, 'header connection config time directory'",
    "discovery, 'connection config time'",
    "tls, 'config time connection io'",
    "monitoring, 'config time connection keepalive discovery directory'",
    "framing, 'time logging'",
    "io, 'connection time'",
    "transport, 'config time connection header keepalive discovery tls logging monitoring io framing'"
  })
  void aRoomKnowsOnlyThoseBelowIt(String name, String below) {
    Stream<String> allowed = Stream.concat(Stream.of(name), Stream.of(below.split(" ", -1)));
    DescribedPredicate<JavaClass> inAllowed =
        resideInAnyPackage(
            allowed
                .filter(p -> !p.isEmpty())
                .map(p -> INTERNAL + "." + p + "..")
                .toArray(String[]::new));
    classes()
        .that()
        .resideInAPackage(INTERNAL + "." + name + "..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.not(resideInAPackage(INTERNAL + "..")).or(inAllowed))
        .check(production);
  }

  /** The build leaves doclint's "missing" out, as it also wants a tag for what a sentence says. */
  @Test
  void everyMemberOfThePublicFaceHasACommentOfItsOwn(@TempDir Path unused) throws Exception {
    DocumentationTool javadoc = ToolProvider.getSystemDocumentationTool();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files =
            javadoc.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8);
        Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      files.setLocationFromPaths(DocumentationTool.Location.DOCUMENTATION_OUTPUT, List.of(unused));
      javadoc
          .getTask(
              null,
              files,
              found,
              null,
              List.of(
                  "-Xdoclint:missing",
                  "-Xmaxwarns",
                  "10000",
                  "-quiet",
                  "-protected",
                  "-classpath",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path"))),
              files.getJavaFileObjectsFromPaths(
                  sources
                      .filter(
                          p -> p.toString().endsWith(".java") && !p.toString().contains("internal"))
                      .toList()))
          .call();
    }
    List<String> texts =
        found.getDiagnostics().stream()
            .map(d -> d.getMessage(Locale.ROOT) + " at " + d.getSource() + ":" + d.getLineNumber())
            .toList();
    assertThat(texts).as("doclint ran").anyMatch(text -> text.contains("no @param"));
    assertThat(texts).noneMatch(text -> text.contains("no comment"));
  }

  @Test
  void onlyTheSystemSchedulerAndTheWallClockReadAClock() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(SystemScheduler.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(WallClock.class.getName())
        .should(readTheClock())
        .check(production);
  }

  @Test
  void theClockRuleFindsWhoReadsTheClock() {
    JavaClasses guilty =
        new ClassFileImporter().importClasses(SystemScheduler.class, ReadsTheClock.class);

    assertThat(classes().should(readTheClock()).evaluate(guilty).hasViolation()).isFalse();
  }

  private static ArchCondition<JavaClass> readTheClock() {
    return new ArchCondition<>("read the clock or wait for it") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Set<JavaAccess<?>> accesses = type.getAccessesFromSelf();
        boolean found = false;
        for (JavaAccess<?> access : accesses) {
          if (isClock(access)) {
            found = true;
            events.add(SimpleConditionEvent.satisfied(type, access.getDescription()));
          }
        }
        if (!found) {
          events.add(SimpleConditionEvent.violated(type, type.getName() + " reads no clock"));
        }
      }
    };
  }

  private static boolean isClock(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getName();
    if (owner.isEquivalentTo(System.class)) {
      return name.equals("nanoTime") || name.equals("currentTimeMillis");
    }
    if (owner.isEquivalentTo(Thread.class)) {
      return name.equals("sleep");
    }
    if (owner.isEquivalentTo(Date.class)) {
      return access.getTarget().getFullName().endsWith("<init>()");
    }
    if (owner.getPackageName().equals("java.time")) {
      return name.equals("now") || name.startsWith("system") || name.startsWith("tick");
    }
    return (owner.isEquivalentTo(Calendar.class) && name.equals("getInstance"))
        || owner.isEquivalentTo(Timer.class);
  }

  /** By a method reference, which is easily overlooked. */
  private static final class ReadsTheClock implements Supplier<LongSupplier> {
    @Override
    public LongSupplier get() {
      return System::nanoTime;
    }
  }
}
