"""Rows of the Python programs beside gpu_bench, printed and written in its form."""

import json


class Rows:
    def __init__(self, path, device):
        self.path = path
        self.document = {'device': device, 'rows': []}

    def add(self, name, value, unit, note=''):
        self.document['rows'].append({'name': name, 'value': value, 'unit': unit, 'note': note})
        text = '%12.5g' % value if value is not None else '%12s' % '-'
        print('     %-52s %s %-9s %s' % (name, text, unit, note), flush=True)

    def write(self):
        with open(self.path, 'w') as file:
            json.dump(self.document, file, indent=1, sort_keys=True)
            file.write('\n')
