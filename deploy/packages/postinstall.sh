#!/bin/sh
# Makes the service's user. The service is not started: it needs a token first.
set -e

if ! getent group seachange >/dev/null; then
  groupadd --system seachange
fi
if ! getent passwd seachange >/dev/null; then
  useradd --system --gid seachange --home-dir /var/lib/seachange --no-create-home --shell /usr/sbin/nologin seachange
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart seachange.service # after an upgrade
fi
