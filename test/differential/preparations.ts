/** Scripts that make of a fresh root what people and Dockerfiles make of it; they run before the upgrade. */

/**
 * Every case of dpkg's decision about conffiles (nginx-common is upgraded). What an earlier version shipped is made by
 * changing a file together with its recorded hash.
 */
export const EDIT_CONFFILES = `
cd /etc/nginx
recorded() { md5sum "$1" | cut -d ' ' -f 1; }
ship_before() {
  now=$(recorded "$1")
  printf '# %s as an earlier version had it\\n' "$1" >> "$1"
  sed -i "s|^ /etc/nginx/$1 $now\\$| /etc/nginx/$1 $(recorded "$1")|" /var/lib/dpkg/status
}
ship_before mime.types                                    # not edited, shipped changed: replaced
chown www-data:adm mime.types; chmod 600 mime.types
ship_before fastcgi_params; echo '# mine' >> fastcgi_params   # edited, shipped changed: kept
cp scgi_params scgi_params.dpkg-old
ship_before scgi_params; echo '# mine' >> scgi_params     # the same with an old backup
echo '# mine' >> nginx.conf                               # edited, shipped as before
rm koi-utf                                                # deleted, shipped as before
ship_before win-utf; rm win-utf                           # deleted, shipped changed
cp koi-win /tmp/koi-win; ship_before koi-win; cp /tmp/koi-win koi-win; rm /tmp/koi-win   # already as shipped now
ship_before uwsgi_params; mv uwsgi_params /etc/uwsgi.real; ln -s ../uwsgi.real uwsgi_params   # behind a link
ship_before proxy_params; mv proxy_params /etc/proxy.real; ln -s /etc/proxy.real proxy_params; echo '# mine' >> proxy_params
echo '# mine' >> /etc/ssl/openssl.cnf
sed -i 's/^mozilla/!mozilla/;q' /etc/ca-certificates.conf
`;

/** What administrators record with dpkg's own tools, and what Dockerfiles delete to save space. */
export const ADMINISTER = `
apt-mark hold libbrotli1
dpkg-divert --quiet --local --rename --divert /usr/sbin/nginx.real --add /usr/sbin/nginx
printf '#!/bin/sh\\nexec /usr/sbin/nginx.real "$@"\\n' > /usr/sbin/nginx; chmod 755 /usr/sbin/nginx
dpkg-divert --quiet --local --rename --divert /etc/nginx/nginx.conf.debian --add /etc/nginx/nginx.conf
echo 'events {}' > /etc/nginx/nginx.conf
dpkg-divert --quiet --local --no-rename --divert /usr/lib/perl.distrib --add /usr/share/perl/5.36.0/strict.pm
dpkg-statoverride --quiet --update --add root www-data 02750 /usr/bin/c_rehash
dpkg-statoverride --quiet --update --add root adm 0750 /usr/bin/openssl
dpkg-statoverride --quiet --update --add www-data adm 0640 /etc/nginx/mime.types
dpkg-statoverride --quiet --update --add root adm 0750 /etc/nginx
chmod 700 /usr/lib/apt; chown nobody /usr/share/perl
rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/perl/5.36.0/pod
`;
