package net.conmgmt.sip;

/**
 * One stack property of this library. The table in properties.md says what each one does.
 * Immutable.
 *
 * @param name its whole name, with the prefix {@code net.conmgmt.sip.}
 * @param expected what a value must be, in words and with its unit, such as {@code whole seconds
 *     from 1 to 300}
 * @param defaultValue the value where a stack sets none; empty where there is no default
 */
public record StackProperty(String name, String expected, String defaultValue) {}
