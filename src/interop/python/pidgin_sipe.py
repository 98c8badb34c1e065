"""pidgin-sipe without a window: registers, says what it gets, and signs off on SIGTERM.

usage: pidgin_sipe.py FOLDER USER@DOMAIN PASSWORD [SERVER:PORT TRANSPORT]
Without a server it looks for one through DNS.
"""

import ctypes
import signal
import sys
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_uint, c_void_p

# Its plugins take its symbols from it.
purple = ctypes.CDLL("libpurple.so.0", mode=ctypes.RTLD_GLOBAL)
glib = ctypes.CDLL("libglib-2.0.so.0")

TIMER = CFUNCTYPE(c_int, c_void_p)
READY = CFUNCTYPE(None, c_void_p, c_int, c_int)
WATCH = CFUNCTYPE(c_int, c_int, c_int, c_void_p)
TIMEOUT_ADD = CFUNCTYPE(c_uint, c_uint, c_void_p, c_void_p)
REMOVE = CFUNCTYPE(c_int, c_uint)
INPUT_ADD = CFUNCTYPE(c_uint, c_int, c_int, c_void_p, c_void_p)
SIGNED = CFUNCTYPE(None, c_void_p, c_void_p)
RECEIVED = CFUNCTYPE(None, c_void_p, c_char_p, c_char_p, c_void_p, c_int, c_void_p)

IN, OUT, ERR, HUP = 1, 4, 8, 16
PURPLE_READ, PURPLE_WRITE = 1, 2


class EventLoop(Structure):
    _fields_ = [
        ("timeout_add", TIMEOUT_ADD),
        ("timeout_remove", REMOVE),
        ("input_add", INPUT_ADD),
        ("input_remove", REMOVE),
        ("input_get_error", c_void_p),
        ("timeout_add_seconds", TIMEOUT_ADD),
        ("reserved", c_void_p * 3),
    ]


def declare(name, result, *arguments):
    function = getattr(purple, name)
    function.restype = result
    function.argtypes = arguments
    return function


glib.g_timeout_add.argtypes = [c_uint, c_void_p, c_void_p]
glib.g_source_remove.argtypes = [c_uint]
glib.g_unix_fd_add_full.argtypes = [c_int, c_int, c_int, WATCH, c_void_p, c_void_p]
glib.g_main_loop_new.restype = c_void_p
glib.g_main_loop_run.argtypes = [c_void_p]
glib.g_main_loop_quit.argtypes = [c_void_p]

watches = {}


def timeout_add(millis, function, data):
    return glib.g_timeout_add(millis, function, data)


def input_add(descriptor, condition, function, data):
    call = ctypes.cast(function, READY)

    def ready(source, happened, _unused):
        told = 0
        if happened & (IN | HUP | ERR):
            told |= PURPLE_READ
        if happened & (OUT | HUP | ERR):
            told |= PURPLE_WRITE
        call(data, source, told)
        return 1

    watch = WATCH(ready)
    wanted = HUP | ERR
    wanted |= IN if condition & PURPLE_READ else 0
    wanted |= OUT if condition & PURPLE_WRITE else 0
    number = glib.g_unix_fd_add_full(0, descriptor, wanted, watch, None, None)
    watches[number] = watch
    return number


def remove(number):
    return glib.g_source_remove(number)


def say(text):
    print(text, flush=True)


def main(folder, user, password, server="", transport="auto"):
    loop = EventLoop(
        TIMEOUT_ADD(timeout_add),
        REMOVE(remove),
        INPUT_ADD(input_add),
        REMOVE(remove),
        None,
        TIMEOUT_ADD(lambda seconds, function, data: timeout_add(seconds * 1000, function, data)),
    )
    main_loop = glib.g_main_loop_new(None, 0)
    declare("purple_util_set_user_dir", None, c_char_p)(folder.encode())
    declare("purple_eventloop_set_ui_ops", None, c_void_p)(byref(loop))
    declare("purple_plugins_add_search_path", None, c_char_p)(b"/usr/lib/purple-2")
    if not declare("purple_core_init", c_int, c_char_p)(b"interop"):
        sys.exit("libpurple does not start")
    declare("purple_set_blist", None, c_void_p)(declare("purple_blist_new", c_void_p)())
    declare("purple_prefs_load", c_int)()

    account = declare("purple_account_new", c_void_p, c_char_p, c_char_p)(
        (user + "," + user.split("@")[0]).encode(), b"prpl-sipe"
    )
    declare("purple_account_set_password", None, c_void_p, c_char_p)(account, password.encode())
    option = declare("purple_account_set_string", None, c_void_p, c_char_p, c_char_p)
    option(account, b"server", server.encode())
    option(account, b"transport", transport.encode())
    declare("purple_accounts_add", None, c_void_p)(account)

    handle = c_int()
    connect = declare(
        "purple_signal_connect", c_void_p, c_void_p, c_char_p, c_void_p, c_void_p, c_void_p
    )
    connections = declare("purple_connections_get_handle", c_void_p)()
    conversations = declare("purple_conversations_get_handle", c_void_p)()
    signed_on = SIGNED(lambda connection, data: say("signed on"))
    received = RECEIVED(
        lambda owner, sender, text, talk, flags, data: say(
            "message from %s: %s" % (sender.decode(), text.decode())
        )
    )

    def off(_connection, _data):
        say("signed off")
        glib.g_main_loop_quit(main_loop)

    signed_off = SIGNED(off)
    connect(connections, b"signed-on", byref(handle), signed_on, None)
    connect(connections, b"signed-off", byref(handle), signed_off, None)
    connect(conversations, b"received-im-msg", byref(handle), received, None)

    ending = []
    signal.signal(signal.SIGTERM, lambda number, frame: ending.append(number))
    disconnect = declare("purple_account_disconnect", None, c_void_p)

    def look(_unused):
        # Runs in the interpreter now and then, so that a signal is seen.
        if ending:
            ending.clear()
            disconnect(account)
        return 1

    looking = TIMER(look)
    glib.g_timeout_add(100, ctypes.cast(looking, c_void_p), None)
    declare("purple_account_set_enabled", None, c_void_p, c_char_p, c_int)(account, b"interop", 1)
    status = declare("purple_savedstatus_new", c_void_p, c_char_p, c_int)(None, 2)
    declare("purple_savedstatus_activate", None, c_void_p)(status)
    glib.g_main_loop_run(main_loop)


main(*sys.argv[1:])
