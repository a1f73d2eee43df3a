/* What libpcap wants of libdbus, for an image without it: Debian's libpcap can record messages of a bus, too, and would
 * bring libdbus, libsystemd and six more libraries, 3.8 MB. No interface of a node is a bus; who names one is told that
 * there is none, and nothing else of these is ever called. bin/image compiles it under libdbus' name. */

struct error { /* as libdbus has it, up to where it is read */
	const char *name;
	const char *message;
};

static void *none(struct error *error)
{
	error->name = "org.freedesktop.DBus.Error.NoServer";
	error->message = "this image has no libdbus";
	return 0;
}

void *dbus_bus_get(int type, struct error *error)
{
	(void)type;
	return none(error);
}

void *dbus_connection_open(const char *address, struct error *error)
{
	(void)address;
	return none(error);
}

void dbus_error_free(struct error *error)
{
	error->name = error->message = 0;
}

unsigned dbus_error_is_set(const struct error *error)
{
	return error->name != 0;
}

#define NEVER(name)                                                                                                    \
	long name(void)                                                                                                \
	{                                                                                                              \
		return 0;                                                                                              \
	}

NEVER(dbus_bus_add_match)
NEVER(dbus_bus_register)
NEVER(dbus_connection_flush)
NEVER(dbus_connection_pop_message)
NEVER(dbus_connection_read_write)
NEVER(dbus_connection_send)
NEVER(dbus_connection_set_max_received_size)
NEVER(dbus_connection_unref)
NEVER(dbus_free)
NEVER(dbus_message_demarshal)
NEVER(dbus_message_is_signal)
NEVER(dbus_message_marshal)
NEVER(dbus_message_unref)
