package net.conmgmt.sip.simulation;

import static net.bytebuddy.jar.asm.Opcodes.ACC_NATIVE;
import static net.bytebuddy.jar.asm.Opcodes.ACC_PRIVATE;
import static net.bytebuddy.jar.asm.Opcodes.ACC_STATIC;
import static net.bytebuddy.jar.asm.Opcodes.ACC_SYNCHRONIZED;
import static net.bytebuddy.jar.asm.Opcodes.ACC_SYNTHETIC;
import static net.bytebuddy.jar.asm.Opcodes.ALOAD;
import static net.bytebuddy.jar.asm.Opcodes.ASM9;
import static net.bytebuddy.jar.asm.Opcodes.ATHROW;
import static net.bytebuddy.jar.asm.Opcodes.BIPUSH;
import static net.bytebuddy.jar.asm.Opcodes.F_FULL;
import static net.bytebuddy.jar.asm.Opcodes.GETFIELD;
import static net.bytebuddy.jar.asm.Opcodes.ILOAD;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESPECIAL;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESTATIC;
import static net.bytebuddy.jar.asm.Opcodes.IRETURN;
import static net.bytebuddy.jar.asm.Opcodes.MONITORENTER;
import static net.bytebuddy.jar.asm.Opcodes.MONITOREXIT;
import static net.bytebuddy.jar.asm.Opcodes.PUTFIELD;
import static net.bytebuddy.jar.asm.Opcodes.RETURN;
import static net.bytebuddy.jar.asm.Opcodes.V1_6;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Loads the library, the RI and the simulation once more, with calls of {@link InterleavedCalls}:
 * in the place of each lock, and before each access to a field of the library.
 */
final class InterleavedClasses extends ClassLoader {

  static final String NAME = "interleaved";

  private static final String LIBRARY = "net.conmgmt.";
  private static final String TARGET = "net/conmgmt/sip/simulation/InterleavedCalls";
  private static final String OF_OBJECT = "(Ljava/lang/Object;)V";
  private static final String MAP = "Ljava/util/Map;";
  private static final Set<String> LOCKING =
      Set.of("compute", "computeIfPresent", "computeIfAbsent");

  /** What depends on hashes of identity, or concerns an object that no other thread knows. */
  private static final Set<String> NOT_COUNTED =
      Set.of("<init>", "<clinit>", "equals", "hashCode", "toString");

  /** In the first the garbage collector has its say; the second is in the hands of one thread. */
  private static final Pattern LEFT_OUT =
      Pattern.compile(".*\\.(MessageOrigins|StreamFramer)(\\$.*)?");

  private final String tests;

  InterleavedClasses() {
    super(NAME, InterleavedClasses.class.getClassLoader());
    String own = TARGET + ".class";
    String url = String.valueOf(getResource(own));
    tests = url.substring(0, url.length() - own.length());
  }

  /** What one of that class gives that has its steps interleaved. */
  static String get(Class<? extends Supplier<String>> what) {
    Thread me = Thread.currentThread();
    ClassLoader before = me.getContextClassLoader();
    try {
      InterleavedClasses own = new InterleavedClasses();
      // The library looks for classes that properties name there.
      me.setContextClassLoader(own);
      Constructor<?> make = own.loadClass(what.getName()).getDeclaredConstructor();
      make.setAccessible(true);
      return String.valueOf(((Supplier<?>) make.newInstance()).get());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    } finally {
      me.setContextClassLoader(before);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(LIBRARY)
        && !name.startsWith("gov.nist.")
        && !name.startsWith("javax.sip.")) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    String path = name.replace('.', '/') + ".class";
    URL url = getResource(path);
    if (url == null) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = url.openStream()) {
      byte[] bytes = in.readAllBytes();
      // What is in the place of the world has no threads that could be between two accesses.
      boolean accesses =
          name.startsWith(LIBRARY)
              && !LEFT_OUT.matcher(name).matches()
              && !url.toString().startsWith(tests);
      byte[] changed = name.startsWith(Interleaving.PREFIX) ? bytes : change(bytes, accesses);
      return defineClass(name, changed, 0, changed.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private static byte[] change(byte[] bytes, boolean accesses) {
    ClassReader reader = new ClassReader(bytes);
    ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
    reader.accept(new Classes(writer, accesses), 0);
    return writer.toByteArray();
  }

  private static final class Classes extends ClassVisitor {
    private final boolean accesses;
    private String owner = "";
    private int version;

    Classes(ClassVisitor to, boolean accesses) {
      super(ASM9, to);
      this.accesses = accesses;
    }

    @Override
    public void visit(
        int classVersion,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String superName,
        String @Nullable [] interfaces) {
      owner = name;
      version = classVersion & 0xffff;
      super.visit(classVersion, access, name, signature, superName, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      boolean locks = (access & ACC_SYNCHRONIZED) != 0 && (access & ACC_NATIVE) == 0;
      if (!locks) {
        return new Methods(
            super.visitMethod(access, name, descriptor, signature, exceptions),
            name,
            accesses && !NOT_COUNTED.contains(name));
      }
      int open = access & ~ACC_SYNCHRONIZED;
      writeLocking(
          super.visitMethod(open, name, descriptor, signature, exceptions),
          (access & ACC_STATIC) != 0,
          name + "$locked",
          descriptor);
      int hidden = ACC_PRIVATE | ACC_SYNTHETIC | (access & ACC_STATIC);
      return new Methods(
          super.visitMethod(hidden, name + "$locked", descriptor, signature, exceptions),
          name,
          accesses);
    }

    /** What a synchronized method does: takes the lock, calls the body, gives the lock back. */
    private void writeLocking(MethodVisitor to, boolean isStatic, String body, String descriptor) {
      List<Object> locals = new ArrayList<>();
      Label from = new Label();
      Label until = new Label();
      Label thrown = new Label();
      to.visitCode();
      to.visitTryCatchBlock(from, until, thrown, null);
      lock(to, isStatic, "enter");
      to.visitLabel(from);
      int at = 0;
      if (!isStatic) {
        to.visitVarInsn(ALOAD, at++);
        locals.add(owner);
      }
      for (Type type : Type.getArgumentTypes(descriptor)) {
        to.visitVarInsn(type.getOpcode(ILOAD), at);
        at += type.getSize();
        locals.add(frameOf(type));
      }
      to.visitMethodInsn(isStatic ? INVOKESTATIC : INVOKESPECIAL, owner, body, descriptor, false);
      to.visitLabel(until);
      lock(to, isStatic, "exit");
      to.visitInsn(Type.getReturnType(descriptor).getOpcode(IRETURN));
      to.visitLabel(thrown);
      if (version >= V1_6) {
        to.visitFrame(
            F_FULL, locals.size(), locals.toArray(), 1, new Object[] {"java/lang/Throwable"});
      }
      lock(to, isStatic, "exit");
      to.visitInsn(ATHROW);
      to.visitMaxs(0, 0);
      to.visitEnd();
    }

    private void lock(MethodVisitor to, boolean isStatic, String what) {
      if (isStatic) {
        to.visitLdcInsn(Type.getObjectType(owner));
      } else {
        to.visitVarInsn(ALOAD, 0);
      }
      to.visitMethodInsn(INVOKESTATIC, TARGET, what, OF_OBJECT, false);
    }

    private static Object frameOf(Type type) {
      return switch (type.getSort()) {
        case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> Opcodes.INTEGER;
        case Type.FLOAT -> Opcodes.FLOAT;
        case Type.LONG -> Opcodes.LONG;
        case Type.DOUBLE -> Opcodes.DOUBLE;
        default -> type.getInternalName();
      };
    }
  }

  private static final class Methods extends MethodVisitor {
    private final boolean initialises;
    private final boolean accesses;

    Methods(MethodVisitor to, String name, boolean accesses) {
      super(ASM9, to);
      initialises = name.equals("<clinit>");
      this.accesses = accesses;
    }

    private void call(String what, String descriptor) {
      super.visitMethodInsn(INVOKESTATIC, TARGET, what, descriptor, false);
    }

    @Override
    public void visitCode() {
      super.visitCode();
      if (initialises) {
        call("inOnePiece", "()V");
      }
    }

    @Override
    public void visitInsn(int opcode) {
      if (opcode == MONITORENTER) {
        call("enter", OF_OBJECT);
      } else if (opcode == MONITOREXIT) {
        call("exit", OF_OBJECT);
      } else {
        if (initialises && opcode == RETURN) {
          call("inPieces", "()V");
        }
        super.visitInsn(opcode);
      }
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      if (accesses && (opcode == GETFIELD || opcode == PUTFIELD)) {
        super.visitIntInsn(BIPUSH, Interleaving.areaOf(owner.replace('/', '.')));
        call("access", "(I)V");
      }
      super.visitFieldInsn(opcode, owner, name, descriptor);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean ofInterface) {
      if (LOCKING.contains(name) && owner.startsWith("java/util/")) {
        call(name, "(" + MAP + descriptor.substring(1));
      } else {
        super.visitMethodInsn(opcode, owner, name, descriptor, ofInterface);
      }
    }
  }
}
